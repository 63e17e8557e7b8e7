import json

import pandas as pd


def answer(feed_responses):
    responses = feed_responses["response"].map(json.loads)
    feeds = pd.DataFrame(
        {
            "request_id": feed_responses["request_id"],
            "surface": [response["surface"] for response in responses],
            "item": [response.get("items", []) for response in responses],
        }
    )
    rows = feeds.explode("item").reset_index(drop=True)
    rows["position"] = rows["item"].map(lambda item: item["position"], na_action="ignore").astype(float)
    rows["score"] = rows["item"].map(lambda item: item["scores"].get("click"), na_action="ignore").astype(float)
    rows["is_empty"] = rows["position"].isna()
    rows["is_unscored"] = rows["score"].isna()
    rows = rows[(rows["position"] <= 30) | rows["is_empty"]]
    result = rows.groupby("surface", as_index=False).agg(
        feed_count=("request_id", "nunique"),
        empty_feed_count=("is_empty", "sum"),
        item_count=("request_id", "size"),
        unscored_item_count=("is_unscored", "sum"),
        mean_click_score=("score", "mean"),
    )
    result["items_per_feed"] = result["item_count"] / result["feed_count"]
    return result
