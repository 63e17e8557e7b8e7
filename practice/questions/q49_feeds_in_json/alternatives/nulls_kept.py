import json


def answer(feed_responses):
    feeds = feed_responses[["request_id"]].copy()
    feeds["response"] = feed_responses["response"].apply(json.loads)
    feeds["surface"] = feeds["response"].apply(lambda response: response["surface"])
    feeds["item"] = feeds["response"].apply(lambda response: response.get("items"))
    # A feed without items keeps one row, with a null for the item.
    rows = feeds.explode("item").reset_index(drop=True)
    rows["position"] = rows["item"].map(lambda item: item["position"], na_action="ignore").astype(float)
    rows["score"] = rows["item"].map(lambda item: item["scores"].get("click"), na_action="ignore").astype(float)
    rows.loc[~(rows["position"] <= 30), ["position", "score"]] = None
    per_feed = rows.groupby(["surface", "request_id"], as_index=False).agg(items=("position", "count"))
    result = per_feed.groupby("surface").agg(
        feed_count=("request_id", "count"),
        empty_feed_count=("items", lambda counts: (counts == 0).sum()),
        item_count=("items", "sum"),
        items_per_feed=("items", "mean"),
    )
    scores = rows.groupby("surface")["score"]
    result["unscored_item_count"] = result["item_count"] - scores.count()
    result["mean_click_score"] = scores.mean()
    return result.reset_index()
