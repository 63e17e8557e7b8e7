import pandas as pd


def local_days(times, zones):
    days = pd.Series(pd.NaT, index=times.index, dtype="datetime64[us]")
    for zone, group in times.groupby(zones):
        days[group.index] = group.dt.tz_localize("UTC").dt.tz_convert(zone).dt.tz_localize(None).dt.normalize()
    return days


def answer(visits, users, country_time_zones):
    rows = visits.merge(users, on="user_id").merge(country_time_zones, on="country", how="left")
    rows["zone"] = rows["time_zone"].fillna("UTC")
    rows["last_at"] = rows["started_at"].max()
    rows["day"] = local_days(rows["started_at"], rows["zone"])
    rows["last_day"] = local_days(rows["last_at"], rows["zone"])
    rows = rows.sort_values("started_at")
    rows["second_day"] = rows.groupby("user_id")["day"].shift(-1)
    first = rows.drop_duplicates("user_id").copy()
    first["next_day"] = first["day"] + pd.Timedelta(days=1)
    first["is_return"] = first["second_day"] == first["next_day"]
    judged = first[first["next_day"] < first["last_day"]]
    result = judged.groupby("country")["is_return"].agg(user_count="size", returned_count="sum").reset_index()
    result["retention"] = result["returned_count"] / result["user_count"]
    return result
