from itertools import product


def answer(hyper_parameters):
    rows = hyper_parameters.sort_values(["parameter_order", "value_order"])
    rows = rows.drop_duplicates(["parameter", "value"])
    values = {name: group["value"].tolist() for name, group in rows.groupby("parameter", sort=False)}
    row = {"combination": 0, "settings": {}}
    for combination in product(*values.values()):
        row["combination"] += 1
        row["settings"].update(zip(values, combination))
        yield row
