import json

import pandas as pd


def answer(feed_responses):
    responses = feed_responses["response"].map(json.loads)
    feeds = pd.DataFrame(
        {
            "request_id": feed_responses["request_id"],
            "surface": [response["surface"] for response in responses],
            "item": [[item for item in response.get("items", []) if item["position"] <= 30] for response in responses],
        }
    )
    rows = feeds.explode("item").reset_index(drop=True)
    scores = rows["item"].map(lambda item: item["scores"].get("click"), na_action="ignore").astype(float)
    result = feeds.groupby("surface").agg(feed_count=("request_id", "size"))
    shown = rows.assign(score=scores).groupby("surface")
    result["empty_feed_count"] = feeds["item"].map(len).eq(0).groupby(feeds["surface"]).sum()
    result["item_count"] = shown.size().reindex(result.index, fill_value=0)
    result["items_per_feed"] = result["item_count"] / result["feed_count"]
    result["unscored_item_count"] = result["item_count"].sub(shown["score"].count(), fill_value=0)
    result["mean_click_score"] = shown["score"].mean()
    return result.reset_index()
