from itertools import product


def answer(hyper_parameters):
    rows = hyper_parameters.sort_values(["parameter_order", "value_order"])
    rows = rows.drop_duplicates(["parameter", "value"])
    values = {name: group["value"].tolist() for name, group in rows.groupby("parameter", sort=False)}
    for number, combination in enumerate(product(*values.values()), start=1):
        yield number, dict(zip(values, combination))
