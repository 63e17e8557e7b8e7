def answer(engagements, items):
    saves = engagements[engagements["engagement_type"] == "save"]
    saver_counts = saves.groupby("item_id")["user_id"].nunique()
    ranked = items.assign(saver_count=items["item_id"].map(saver_counts).fillna(0))
    topics = ranked.groupby("topic")["saver_count"]
    ranked["saver_rank"] = topics.rank(method="min", ascending=False)
    ranked = ranked[ranked["content_format"] != "product"]
    totals = ranked.groupby("topic")["saver_count"].transform("sum")
    ranked = ranked.assign(saver_share=ranked["saver_count"] / totals)
    top = ranked[ranked["saver_rank"] <= 3]
    return top[["topic", "item_id", "saver_count", "saver_rank", "saver_share"]]
