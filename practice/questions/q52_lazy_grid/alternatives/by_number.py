from math import prod


def answer(hyper_parameters):
    rows = hyper_parameters.sort_values("value_order").drop_duplicates(["parameter", "value"])
    values = rows.sort_values(["parameter_order", "value_order"]).groupby("parameter", sort=False)["value"].agg(list)
    # Like the digits of a number: each parameter has as many digits as values, the last one is that of the units.
    for number in range(prod(map(len, values))):
        settings = {}
        rest = number
        for name in reversed(values.index):
            rest, place = divmod(rest, len(values[name]))
            settings[name] = values[name][place]
        yield {"combination": number + 1, "settings": {name: settings[name] for name in values.index}}
