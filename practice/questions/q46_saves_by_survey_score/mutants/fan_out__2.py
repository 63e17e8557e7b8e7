def answer(users, survey_responses, engagements):
    saves = engagements[engagements["engagement_type"] == "save"]
    rows = users.merge(survey_responses, on="user_id", how="left").merge(saves, on="user_id", how="left")
    result = rows.groupby("score", dropna=False).agg(
        user_count=("user_id", "nunique"), save_count=("event_id", "count")
    )
    result["saves_per_user"] = result["save_count"] / result["user_count"]
    return result.reset_index()
