from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pandas as pd


def answer(visits, users, country_time_zones):
    zones = dict(zip(country_time_zones["country"], country_time_zones["time_zone"]))
    countries = dict(zip(users["user_id"], users["country"]))
    last_at = visits["started_at"].max()

    def local_day(time, country):
        return time.replace(tzinfo=UTC).astimezone(ZoneInfo(zones.get(country, "UTC"))).date()

    days = {}
    for user, started_at in zip(visits["user_id"], visits["started_at"]):
        days.setdefault(user, set()).add(local_day(started_at, countries[user]))
    counts = {}
    for user, own_days in days.items():
        next_day = min(own_days) + timedelta(days=1)
        if next_day < local_day(last_at, countries[user]):
            count = counts.setdefault(countries[user], [0, 0])
            count[0] += 1
            count[1] += next_day in own_days
    rows = [(country, total, back, back / total) for country, (total, back) in counts.items()]
    return pd.DataFrame(rows, columns=["country", "user_count", "returned_count", "retention"])
