def answer(impressions):
    is_home = impressions["surface"] == "home_feed"
    is_related = impressions["surface"] == "related"
    is_high = impressions["position"] <= 10
    is_in_time = (impressions["event_at"] >= "2026-01-10") & (impressions["event_at"] < "2026-01-26")
    chosen = impressions[is_home | is_related & is_high & is_in_time]
    groups = (
        chosen.assign(seconds=chosen["visible_ms"] / 1000, is_long=chosen["visible_ms"] >= 5000)
        .groupby(["surface", "module_id"], dropna=False)
        .agg(
            impression_count=("event_id", "size"),
            user_count=("user_id", "nunique"),
            mean_seconds=("seconds", "mean"),
            long_look_share=("is_long", "mean"),
        )
        .reset_index()
    )
    return groups[groups["long_look_share"] >= 0.25]
