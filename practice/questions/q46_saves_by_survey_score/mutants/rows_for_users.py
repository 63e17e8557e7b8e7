def answer(users, survey_responses, engagements):
    answered = survey_responses.dropna(subset=["score"])
    latest = answered.sort_values("answered_at").drop_duplicates("user_id", keep="last")
    saves = engagements[engagements["engagement_type"] == "save"]
    rows = users.merge(latest, on="user_id", how="left").merge(saves, on="user_id", how="left")
    result = rows.groupby("score", dropna=False).agg(user_count=("user_id", "count"), save_count=("event_id", "count"))
    result["saves_per_user"] = result["save_count"] / result["user_count"]
    return result.reset_index()
