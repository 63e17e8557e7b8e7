from itertools import count


def answer(hyper_parameters):
    rows = hyper_parameters.sort_values(["parameter_order", "value_order"])
    rows = rows.drop_duplicates(["parameter", "value"])
    values = {name: group["value"].tolist() for name, group in rows.groupby("parameter", sort=False)}
    names = list(values)
    settings = {}

    def descend(depth):
        if depth == len(names):
            yield settings
            return
        for value in values[names[depth]]:
            settings[names[depth]] = value
            yield from descend(depth + 1)
            del settings[names[depth]]

    yield from zip(count(1), descend(0))
