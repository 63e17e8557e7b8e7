import pandas as pd


def local_days(times, zones):
    days = pd.Series(pd.NaT, index=times.index, dtype="datetime64[us]")
    for zone, group in times.groupby(zones):
        days[group.index] = group.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    return days


def answer(visits, users, country_time_zones):
    zones = country_time_zones.set_index("country")["time_zone"]
    rows = visits.merge(users, on="user_id")
    rows["zone"] = rows["country"].map(zones).fillna("UTC")
    rows["last_at"] = rows["started_at"].max()
    # Days without a zone, so that a day later is the next one also where a day has 23 or 25 hours.
    rows["day"] = local_days(rows["started_at"], rows["zone"])
    rows["last_day"] = local_days(rows["last_at"], rows["zone"])
    rows["next_day"] = rows.groupby("user_id")["day"].transform("min") + pd.Timedelta(days=1)
    rows["is_return"] = rows["day"] == rows["next_day"]
    judged = rows[rows["next_day"] < rows["last_day"]]
    people = judged.groupby(["country", "user_id"])["is_return"].any().reset_index()
    result = people.groupby("country")["is_return"].agg(user_count="size", returned_count="sum").reset_index()
    result["retention"] = result["returned_count"] / result["user_count"]
    return result
