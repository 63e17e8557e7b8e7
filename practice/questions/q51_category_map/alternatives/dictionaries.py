from collections import Counter

import pandas as pd


def answer(items, topic_categories):
    found = {}
    for topic, category in topic_categories.itertuples(index=False):
        found.setdefault(topic.strip().lower(), set()).add(category)

    def category_of(topic):
        categories = set() if pd.isna(topic) else found.get(topic.strip().lower(), set())
        return next(iter(categories)) if len(categories) == 1 else "other"

    counts = Counter(map(category_of, items["topic"]))
    names = {"other"}.union(*found.values())
    rows = [(name, counts[name], counts[name] / len(items) if len(items) else None) for name in names]
    return pd.DataFrame(rows, columns=["category", "item_count", "item_share"])
