from datetime import datetime

import pandas as pd


def read(text):
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")
    except (TypeError, ValueError):
        return None


def rank(row):
    return row["received_at"], row["event_at"] or datetime.min, row["user_id"] or ""


def answer(raw_engagements):
    columns = ["event_id", "received_at", "event_at", "user_id", "value"]
    latest = {}
    for place, values in enumerate(raw_engagements[columns].itertuples(index=False)):
        row = {name: None if pd.isna(value) else value for name, value in zip(columns, values)}
        row["received_at"], row["event_at"] = read(row["received_at"]), read(row["event_at"])
        event = row["event_id"] or place
        if event not in latest or rank(latest[event]) < rank(row):
            latest[event] = row
    return pd.DataFrame(list(latest.values()), columns=columns)
