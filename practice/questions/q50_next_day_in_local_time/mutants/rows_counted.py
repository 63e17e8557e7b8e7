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
    rows["day"] = local_days(rows["started_at"], rows["zone"])
    rows["last_day"] = local_days(rows["last_at"], rows["zone"])
    first = rows.sort_values("started_at").drop_duplicates("user_id").copy()
    first["next_day"] = first["day"] + pd.Timedelta(days=1)
    judged = first[first["next_day"] < first["last_day"]]
    returns = rows[["user_id", "day", "visit_id"]].rename(columns={"day": "next_day", "visit_id": "next_id"})
    pairs = judged.merge(returns, on=["user_id", "next_day"], how="left")
    result = pairs.groupby("country").agg(user_count=("user_id", "count"), returned_count=("next_id", "count"))
    result["retention"] = result["returned_count"] / result["user_count"]
    return result.reset_index()
