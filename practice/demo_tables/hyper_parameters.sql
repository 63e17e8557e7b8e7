-- 10 values of each of 12 parameters: 10^12 combinations, which nothing can hold.
select
    parameter,
    parameter_order,
    cast(value_order as bigint) as value_order,
    cast(round(low * pow(high / low, (value_order - 1) / 9.0), 6) as double) as value
from (
    values
    ('learning_rate', 1, 0.001, 0.5),
    ('depth', 2, 2.0, 12.0),
    ('l2', 3, 0.01, 100.0),
    ('l1', 4, 0.01, 100.0),
    ('subsample', 5, 0.3, 1.0),
    ('column_sample', 6, 0.3, 1.0),
    ('leaf_size', 7, 1.0, 500.0),
    ('bins', 8, 16.0, 512.0),
    ('rounds', 9, 50.0, 5000.0),
    ('dropout', 10, 0.05, 0.5),
    ('momentum', 11, 0.5, 0.99),
    ('warm_up', 12, 1.0, 100.0)
) as parameters (parameter, parameter_order, low, high)
cross join generate_series(1, 10) as steps (value_order)
order by parameter_order, value_order
