from itertools import count


def answer(hyper_parameters):
    values = {}
    rows = hyper_parameters.sort_values(["parameter_order", "value_order"])
    for name, value in zip(rows["parameter"], rows["value"]):
        own = values.setdefault(name, [])
        if value not in own:
            own.append(value)
    yield from zip(count(1), combinations(list(values.items())))


def combinations(parameters):
    if not parameters:
        yield {}
        return
    (name, values), *others = parameters
    for value in values:
        for rest in combinations(others):
            yield {name: value} | rest
