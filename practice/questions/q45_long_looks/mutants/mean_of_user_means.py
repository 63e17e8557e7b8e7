def answer(impressions):
    chosen = impressions[
        impressions["surface"].isin(["home_feed", "related"])
        & (impressions["position"] <= 10)
        & (impressions["event_at"] >= "2026-01-10")
        & (impressions["event_at"] < "2026-01-26")
    ]
    keys = ["surface", "module_id"]
    users = (
        chosen.assign(seconds=chosen["visible_ms"] / 1000, is_long=chosen["visible_ms"] >= 5000)
        .groupby([*keys, "user_id"], dropna=False)
        .agg(n=("event_id", "size"), seconds=("seconds", "mean"), share=("is_long", "mean"))
        .reset_index()
    )
    groups = (
        users.groupby(keys, dropna=False)
        .agg(
            impression_count=("n", "sum"),
            user_count=("user_id", "size"),
            mean_seconds=("seconds", "mean"),
            long_look_share=("share", "mean"),
        )
        .reset_index()
    )
    return groups[groups["long_look_share"] >= 0.25]
