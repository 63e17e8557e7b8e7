import pandas as pd

HOURS = {"BR": -3, "DE": 1, "IN": 5.5, "JP": 9, "US": -5}


def answer(visits, users, country_time_zones):
    rows = visits.merge(users, on="user_id")
    shift = pd.to_timedelta(rows["country"].map(HOURS).fillna(0).astype(float), unit="h")
    rows["day"] = (rows["started_at"] + shift).dt.normalize()
    rows["last_at"] = rows["started_at"].max()
    rows["last_day"] = (rows["last_at"] + shift).dt.normalize()
    rows["next_day"] = rows.groupby("user_id")["day"].transform("min") + pd.Timedelta(days=1)
    rows["is_return"] = rows["day"] == rows["next_day"]
    judged = rows[rows["next_day"] < rows["last_day"]]
    people = judged.groupby(["country", "user_id"])["is_return"].any().reset_index()
    result = people.groupby("country")["is_return"].agg(user_count="size", returned_count="sum").reset_index()
    result["retention"] = result["returned_count"] / result["user_count"]
    return result
