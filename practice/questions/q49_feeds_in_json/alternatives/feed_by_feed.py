import json
from collections import defaultdict

import pandas as pd


def answer(feed_responses):
    feeds = defaultdict(list)
    for response in map(json.loads, feed_responses["response"]):
        items = response.get("items") or []
        feeds[response["surface"]].append([item for item in items if item["position"] < 31])
    rows = []
    for surface, lists in feeds.items():
        items = [item for items in lists for item in items]
        scores = [item["scores"]["click"] for item in items if item["scores"]]
        rows.append(
            {
                "surface": surface,
                "feed_count": len(lists),
                "empty_feed_count": lists.count([]),
                "item_count": len(items),
                "items_per_feed": len(items) / len(lists),
                "unscored_item_count": len(items) - len(scores),
                "mean_click_score": sum(scores) / len(scores) if scores else None,
            }
        )
    columns = ["surface", "feed_count", "empty_feed_count", "item_count", "items_per_feed", "unscored_item_count"]
    return pd.DataFrame(rows, columns=[*columns, "mean_click_score"])
