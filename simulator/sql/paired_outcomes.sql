-- Both potential outcomes of every person for one contrast, side by side.
create or replace temp table paired_outcomes as
select
    treated.shopping_intent,
{%- for measure in measures %}
    treated.{{ measure }} as arm_{{ measure }},
    control.{{ measure }} as control_{{ measure }},
{%- endfor %}
from read_parquet('{{ arm_files }}') as treated
inner join read_parquet('{{ control_files }}') as control on treated.user_index = control.user_index
