def answer(users, survey_responses, engagements):
    answered = survey_responses.dropna(subset=["score"])
    latest = answered.sort_values("answered_at").drop_duplicates("user_id", keep="last")
    saves = engagements[engagements["engagement_type"] == "save"].groupby("user_id").size()
    people = users.merge(latest, on="user_id", how="left")
    people["saves"] = people["user_id"].map(saves).fillna(0)
    return (
        people.groupby("score", dropna=False)
        .agg(user_count=("user_id", "size"), save_count=("saves", "sum"), saves_per_user=("saves", "mean"))
        .reset_index()
    )
