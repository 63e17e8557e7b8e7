from collections import Counter

import pandas as pd


def answer(users, survey_responses, engagements):
    # The last score of a group passes over nulls.
    scores = survey_responses.sort_values("answered_at").groupby("user_id")["score"].last()
    saves = Counter(engagements.loc[engagements["engagement_type"] == "save", "user_id"])
    user_counts, save_counts = Counter(), Counter()
    for user in users["user_id"]:
        score = scores.get(user)
        score = None if pd.isna(score) else score
        user_counts[score] += 1
        save_counts[score] += saves[user]
    rows = [(score, count, save_counts[score], save_counts[score] / count) for score, count in user_counts.items()]
    return pd.DataFrame(rows, columns=["score", "user_count", "save_count", "saves_per_user"])
