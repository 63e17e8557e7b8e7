def answer(engagements, items):
    candidates = items[items["content_format"] != "product"]
    saves = engagements.loc[engagements["engagement_type"] == "save", ["item_id", "user_id"]]
    joined = candidates[["topic", "item_id"]].merge(saves, on="item_id", how="left")
    savers = joined.groupby(["topic", "item_id"])["user_id"].nunique().reset_index(name="saver_count")
    savers["saver_rank"] = savers.groupby("topic")["saver_count"].rank(method="min", ascending=False).astype(int)
    totals = savers.groupby("topic", as_index=False).agg(total=("saver_count", "sum"))
    savers = savers.merge(totals, on="topic")
    savers["saver_share"] = savers["saver_count"] / savers["total"]
    return savers.drop(columns="total").query("saver_rank <= 3")
