import pandas as pd

FORMAT = "%Y-%m-%d %H:%M:%S"


def answer(raw_engagements):
    copies = pd.DataFrame(
        {
            "event_id": raw_engagements["event_id"],
            "received_at": pd.to_datetime(raw_engagements["received_at"]),
            "event_at": pd.to_datetime(raw_engagements["event_at"], format=FORMAT, errors="coerce"),
            "user_id": raw_engagements["user_id"],
            "value": raw_engagements["value"],
        }
    )
    copies = copies.sort_values(["received_at", "event_at", "user_id"], na_position="first")
    has_id = copies["event_id"].notna()
    latest = copies[has_id].drop_duplicates("event_id", keep="last")
    return pd.concat([latest, copies[~has_id]])
