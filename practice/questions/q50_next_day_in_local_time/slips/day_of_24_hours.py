import pandas as pd


def answer(visits, users, country_time_zones):
    zones = dict(zip(country_time_zones["country"], country_time_zones["time_zone"]))
    last_at = visits["started_at"].max()
    rows = []
    for country, group in visits.merge(users, on="user_id").groupby("country"):
        zone = zones.get(country, "UTC")
        days = group["started_at"].dt.tz_localize("UTC").dt.tz_convert(zone).dt.normalize()
        last_day = last_at.tz_localize("UTC").tz_convert(zone).normalize()
        next_days = days.groupby(group["user_id"]).transform("min") + pd.Timedelta(days=1)
        judged = next_days < last_day
        is_return = (days == next_days)[judged].groupby(group["user_id"]).any()
        if len(is_return):
            rows.append((country, len(is_return), is_return.sum(), is_return.mean()))
    return pd.DataFrame(rows, columns=["country", "user_count", "returned_count", "retention"])
