def answer(hyper_parameters):
    rows = hyper_parameters.sort_values(["parameter_order", "value_order"])
    rows = rows.drop_duplicates(["parameter", "value"])
    values = {name: group["value"].tolist() for name, group in rows.groupby("parameter", sort=False)}
    start = {name: own[0] for name, own in values.items()}
    number = 1
    yield number, start
    for name, own in values.items():
        for value in own[1:]:
            number += 1
            yield number, start | {name: value}
