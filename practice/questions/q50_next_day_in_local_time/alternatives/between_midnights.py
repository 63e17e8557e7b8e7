import pandas as pd


def answer(visits, users, country_time_zones):
    people = users.merge(country_time_zones, on="country", how="left").fillna({"time_zone": "UTC"})
    log_end = visits["started_at"].max()
    first_at = visits.groupby("user_id", as_index=False).agg(first_at=("started_at", "min"))
    people = people.merge(first_at, on="user_id")

    # When the next day of each person begins and ends, in UTC.
    def midnight(row, days):
        local = row["first_at"].tz_localize("UTC").tz_convert(row["time_zone"])
        later = pd.Timestamp(local.date()) + pd.Timedelta(days=days)
        return later.tz_localize(row["time_zone"]).tz_convert("UTC").tz_localize(None)

    people["next_start"] = pd.to_datetime([midnight(row, 1) for _, row in people.iterrows()])
    people["next_end"] = pd.to_datetime([midnight(row, 2) for _, row in people.iterrows()])
    people = people[people["next_end"] <= log_end]
    pairs = people.merge(visits, on="user_id")
    is_next = (pairs["started_at"] >= pairs["next_start"]) & (pairs["started_at"] < pairs["next_end"])
    people = people.assign(is_back=people["user_id"].isin(pairs.loc[is_next, "user_id"]))
    result = people.groupby("country").agg(user_count=("user_id", "count"), returned_count=("is_back", "sum"))
    result["retention"] = result["returned_count"] / result["user_count"]
    return result.reset_index()
