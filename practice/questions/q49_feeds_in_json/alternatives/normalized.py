import json

import pandas as pd


def answer(feed_responses):
    responses = [
        {"items": [], "request_id": request_id} | json.loads(response)
        for request_id, response in zip(feed_responses["request_id"], feed_responses["response"], strict=True)
    ]
    feeds = pd.DataFrame(responses, columns=["request_id", "surface"])
    items = pd.json_normalize(responses, "items", ["request_id"])
    # Whatever no item has is no column.
    items = items.reindex(columns=["request_id", "position", "scores.click"]).query("position <= 30")
    counts = items.groupby("request_id").agg(
        items=("position", "size"), scored=("scores.click", "count"), total=("scores.click", "sum")
    )
    feeds = feeds.merge(counts, how="left", left_on="request_id", right_index=True)
    feeds = feeds.fillna({"items": 0, "scored": 0, "total": 0}).assign(is_empty=lambda rows: rows["items"] == 0)
    sums = feeds.groupby("surface")[["is_empty", "items", "scored", "total"]].sum()
    feed_count = feeds["surface"].value_counts().reindex(sums.index)
    return pd.DataFrame(
        {
            "surface": sums.index,
            "feed_count": feed_count.to_numpy(),
            "empty_feed_count": sums["is_empty"].to_numpy(),
            "item_count": sums["items"].to_numpy(),
            "items_per_feed": (sums["items"] / feed_count).to_numpy(),
            "unscored_item_count": (sums["items"] - sums["scored"]).to_numpy(),
            "mean_click_score": (sums["total"] / sums["scored"]).to_numpy(),
        }
    )
