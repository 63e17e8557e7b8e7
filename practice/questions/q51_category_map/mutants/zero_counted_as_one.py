import pandas as pd


def cleaned(topics):
    return topics.str.strip().str.lower()


def answer(items, topic_categories):
    sheet = topic_categories.assign(topic=cleaned(topic_categories["topic"]))
    sheet = sheet.drop_duplicates(["topic", "category"])
    decided = sheet.drop_duplicates("topic", keep=False)
    topics = items.assign(topic=cleaned(items["topic"]))
    counts = decided.merge(topics, on="topic", how="left").groupby("category").size()
    undecided = sorted(set(sheet["category"]) - set(decided["category"]))
    other = (~topics["topic"].isin(decided["topic"])).sum()
    counts = pd.concat([counts, pd.Series(dict.fromkeys(undecided, 0) | {"other": other})])
    result = counts.rename_axis("category").reset_index(name="item_count")
    result["item_share"] = result["item_count"] / len(items)
    return result
