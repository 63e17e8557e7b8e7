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
    items = feeds.explode("item").dropna()
    items = items[items["item"].map(lambda item: item["position"]) <= 30]
    filled = items.groupby("surface")["request_id"].nunique()
    items = items.assign(item_id=items["item"].map(lambda item: item["item_id"]))
    items = items[~items.duplicated(["surface", "item_id"])]
    scores = items["item"].map(lambda item: item["scores"].get("click"))
    result = feeds.groupby("surface").agg(feed_count=("request_id", "size"))
    shown = items.assign(score=scores).groupby("surface")
    result["empty_feed_count"] = result["feed_count"].sub(filled, fill_value=0)
    result["item_count"] = shown.size().reindex(result.index, fill_value=0)
    result["items_per_feed"] = result["item_count"] / result["feed_count"]
    result["unscored_item_count"] = result["item_count"].sub(shown["score"].count(), fill_value=0)
    result["mean_click_score"] = shown["score"].mean()
    return result.reset_index()
