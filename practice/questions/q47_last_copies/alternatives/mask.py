import pandas as pd


def answer(raw_engagements):
    copies = raw_engagements[["event_id", "received_at", "event_at", "user_id", "value"]].copy()
    copies["received_at"] = pd.to_datetime(copies["received_at"], format="%Y-%m-%d %H:%M:%S")
    copies["event_at"] = pd.to_datetime(copies["event_at"], format="%Y-%m-%d %H:%M:%S", errors="coerce")
    # Descending, so that what is missing is last anyway, and the copy that counts is first.
    copies = copies.sort_values(["received_at", "event_at", "user_id"], ascending=False)
    return copies[copies["event_id"].isna() | ~copies.duplicated("event_id")]
