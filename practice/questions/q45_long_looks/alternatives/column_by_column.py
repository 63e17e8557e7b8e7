import pandas as pd


def answer(impressions):
    start, end = pd.Timestamp("2026-01-10"), pd.Timestamp("2026-01-26")
    is_chosen = (
        ((impressions["surface"] == "home_feed") | (impressions["surface"] == "related"))
        & (impressions["position"] <= 10)
        & (impressions["event_at"] >= start)
        & (impressions["event_at"] < end)
    )
    chosen = impressions.loc[is_chosen].copy()
    # An empty text is no module, and keeps its rows.
    chosen["module_id"] = chosen["module_id"].fillna("")
    chosen["long_look_share"] = chosen["visible_ms"] >= 5000
    groups = chosen.groupby(["surface", "module_id"])
    result = groups[["long_look_share"]].mean()
    result["impression_count"] = groups.size()
    result["user_count"] = groups["user_id"].nunique()
    result["mean_seconds"] = groups["visible_ms"].sum() / groups["visible_ms"].count() / 1000
    result = result.query("long_look_share >= 0.25").reset_index()
    result["module_id"] = result["module_id"].replace("", None)
    return result
