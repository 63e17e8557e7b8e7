import pandas as pd


def answer(impressions):
    days = impressions["event_at"].dt.strftime("%Y-%m-%d")
    chosen = impressions[days.between("2026-01-10", "2026-01-25")].query(
        "(surface == 'home_feed' or surface == 'related') and position < 11"
    )
    rows = []
    for (surface, module), group in chosen.groupby(["surface", "module_id"], dropna=False):
        share = (group["visible_ms"] >= 5000).sum() / len(group)
        if share >= 0.25:
            rows.append(
                {
                    "surface": surface,
                    "module_id": module,
                    "impression_count": len(group),
                    "user_count": len(set(group["user_id"])),
                    "mean_seconds": group["visible_ms"].dropna().mean() / 1000,
                    "long_look_share": share,
                }
            )
    columns = ["surface", "module_id", "impression_count", "user_count", "mean_seconds", "long_look_share"]
    return pd.DataFrame(rows, columns=columns)
