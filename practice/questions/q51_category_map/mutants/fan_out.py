def cleaned(topics):
    return topics.str.strip().str.lower()


def answer(items, topic_categories):
    sheet = topic_categories.assign(topic=cleaned(topic_categories["topic"]))
    merged = items.assign(topic=cleaned(items["topic"])).merge(sheet, on="topic", how="left")
    merged["category"] = merged["category"].fillna("other")
    names = sorted({*sheet["category"], "other"})
    counts = merged.groupby("category")["item_id"].count().reindex(names, fill_value=0)
    result = counts.rename_axis("category").reset_index(name="item_count")
    result["item_share"] = result["item_count"] / len(items)
    return result
