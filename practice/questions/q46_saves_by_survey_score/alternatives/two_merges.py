def answer(users, survey_responses, engagements):
    answered = survey_responses[survey_responses["score"].notna()]
    last_times = answered.groupby("user_id", as_index=False)["answered_at"].max()
    scores = answered.merge(last_times, on=["user_id", "answered_at"])[["user_id", "score"]]
    saves = engagements.query("engagement_type == 'save'")
    saves = saves.groupby("user_id", as_index=False).agg(saves=("event_id", "count"))

    people = users[["user_id"]].merge(scores, how="left", validate="one_to_one")
    people = people.merge(saves, how="left", validate="one_to_one").fillna({"saves": 0})

    result = people.groupby("score", dropna=False, as_index=False).agg(
        user_count=("user_id", "count"), save_count=("saves", "sum")
    )
    return result.assign(saves_per_user=result["save_count"] / result["user_count"])
