def cleaned(topics):
    return topics.str.strip().str.lower()


def answer(items, topic_categories):
    sheet = topic_categories.assign(topic=cleaned(topic_categories["topic"]))
    sheet = sheet.drop_duplicates(["topic", "category"])
    # What is left of a topic in several rows are contradictions.
    decided = sheet.drop_duplicates("topic", keep=False).set_index("topic")["category"]
    categories = cleaned(items["topic"]).map(decided).fillna("other")
    names = sorted({*sheet["category"], "other"})
    counts = categories.value_counts().reindex(names, fill_value=0)
    result = counts.rename_axis("category").reset_index(name="item_count")
    result["item_share"] = result["item_count"] / len(items)
    return result
