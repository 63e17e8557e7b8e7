def answer(engagements, items):
    saves = engagements.loc[engagements["engagement_type"] == "save", ["item_id", "user_id"]].drop_duplicates()
    candidates = items.loc[items["content_format"] != "product", ["topic", "item_id"]].set_index("item_id")
    savers = candidates.join(saves.groupby("item_id").size().rename("saver_count")).fillna({"saver_count": 0})
    savers = savers.sort_values(["topic", "saver_count"], ascending=[True, False]).reset_index()
    savers["place"] = savers.groupby("topic").cumcount() + 1
    # Equals have the place of the first of them.
    savers["saver_rank"] = savers.groupby(["topic", "saver_count"])["place"].transform("min")
    totals = savers.groupby("topic")["saver_count"].sum()
    savers["saver_share"] = savers["saver_count"] / savers["topic"].map(totals)
    return savers.query("saver_rank <= 3").drop(columns="place")
