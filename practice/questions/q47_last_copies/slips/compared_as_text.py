import pandas as pd


def answer(raw_engagements):
    copies = raw_engagements[["event_id", "received_at", "event_at", "user_id", "value"]]
    copies = copies.sort_values(["received_at", "event_at", "user_id"], na_position="first")
    has_id = copies["event_id"].notna()
    latest = copies[has_id].drop_duplicates("event_id", keep="last")
    events = pd.concat([latest, copies[~has_id]])
    events["received_at"] = pd.to_datetime(events["received_at"])
    events["event_at"] = pd.to_datetime(events["event_at"], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    return events
