import pandas as pd


def answer(items, topic_categories):
    sheet = topic_categories.assign(topic=topic_categories["topic"].str.lower().str.strip())
    categories = sheet.groupby("topic")["category"].agg(["nunique", "first"]).reset_index()
    categories = categories[categories["nunique"] == 1].rename(columns={"first": "category"})
    merged = items.assign(topic=items["topic"].str.lower().str.strip()).merge(
        categories, on="topic", how="left", validate="many_to_one"
    )
    merged["category"] = merged["category"].fillna("other")
    counts = merged.groupby("category", as_index=False).agg(item_count=("item_id", "count"))
    every = pd.DataFrame({"category": [*sheet["category"], "other"]}).drop_duplicates()
    result = every.merge(counts, on="category", how="left").fillna({"item_count": 0})
    return result.assign(item_share=result["item_count"] / result["item_count"].sum())
