def answer(engagements, items):
    saves = engagements[engagements["engagement_type"] == "save"]
    saver_counts = saves.groupby("item_id")["user_id"].nunique()
    ranked = items[items["content_format"] != "product"]
    ranked = ranked.assign(saver_count=ranked["item_id"].map(saver_counts).fillna(0))
    topics = ranked.groupby("topic")["saver_count"]
    ranked["saver_rank"] = topics.rank(method="min", ascending=False)
    ranked["saver_share"] = ranked["saver_count"] / topics.transform("sum")
    top = ranked[ranked["saver_rank"] <= 3]
    return top[["topic", "item_id", "saver_count", "saver_rank", "saver_share"]]
