import pandas as pd


def answer(engagements, items):
    items = items.query("content_format != 'product'").dropna(subset=["topic"])
    savers = engagements.query("engagement_type == 'save'").drop_duplicates(["user_id", "item_id"])
    counts = savers["item_id"].value_counts().reindex(items["item_id"], fill_value=0)
    items = items.assign(saver_count=counts.to_numpy())
    parts = []
    for topic, rows in items.groupby("topic"):
        top = rows.nlargest(3, "saver_count", keep="all")
        total = rows["saver_count"].sum()
        for item, count in zip(top["item_id"], top["saver_count"], strict=True):
            rank = 1 + (rows["saver_count"] > count).sum()
            parts.append((topic, item, count, rank, count / total if total else None))
    return pd.DataFrame(parts, columns=["topic", "item_id", "saver_count", "saver_rank", "saver_share"])
