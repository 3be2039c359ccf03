{#-
    Incremental by touched dates. Landing marks every business date whose rows changed in
    `landing.touched_date`; a model that rests on those rows rebuilds exactly these dates, the ones
    that have no rows any more included. The marks are cleared after a build that succeeded whole.

    A model says in its config:
        incremental_strategy='touched_dates',
        pre_hook='{{ note_touched_dates() }}',
        meta={'touched': {
            'feeds': ['sellout'],        feeds whose marks count
            'column': 'sold_date',       the model's date column
            'grain': 'day',              day (default), week or month: what the column holds
            'sku_vat': true,             also the dates of SKUs whose VAT rate changed (see below)
        }}
    and filters with `where sold_date in {{ touched_dates() }}` when `is_incremental()`.
-#}

{#- Before an incremental build: the dates to rebuild, once, as a small table. A scan is cut down to
    the parts that hold these dates where they come from a table, and not where from a union. -#}

{% macro note_touched_dates() -%}
    {%- set marks = source('landing', 'touched_date') -%}
    {%- if execute and is_incremental() -%}
    {%- set touched = config.get('meta')['touched'] -%}
    create or replace temporary table {{ noted_dates() }} as
    select {{ start_of(touched.get('grain', 'day'), 'business_date') }} as touched_date
    from {{ marks }}
    where feed in ('{{ touched['feeds'] | join("', '") }}')
    {%- if touched.get('sku_vat') %}
    union
    {{ dates_of_changed_vat(touched['column'], ref('stg_sku')) }}
    {%- endif %}
    {%- endif -%}
{%- endmacro %}

{% macro touched_dates() -%}
    (select touched_date from {{ noted_dates() }})
{%- endmacro %}

{% macro noted_dates() -%}
    touched_dates_of_{{ this.identifier }}
{%- endmacro %}

{% macro start_of(grain, day) -%}
    {%- if grain == 'week' -%}{{ iso_week_start(day) }}
    {%- elif grain == 'month' -%}cast(date_trunc('month', {{ day }}) as date)
    {%- else -%}{{ day }}
    {%- endif -%}
{%- endmacro %}

{% macro get_incremental_touched_dates_sql(arguments) -%}
    {%- set column = config.get('meta')['touched']['column'] -%}
    {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
    delete from {{ arguments['target_relation'] }} where {{ column }} in {{ touched_dates() }};
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{%- endmacro %}

{#-
    VAT is an attribute of the SKU master, and the amounts of a line rest on it. Each such model
    keeps the rates it was built with beside it, written in its own transaction; a rate that
    differs from the master's touches the dates of that SKU's rows.
-#}

{% macro vat_applied_relation() -%}
    {{ return(api.Relation.create(
        database=this.database, schema='intermediate', identifier='vat_of_' ~ this.identifier
    )) }}
{%- endmacro %}

{% macro dates_of_changed_vat(column, versions) -%}
    {%- set applied = vat_applied_relation() -%}
    {%- set known = adapter.get_relation(applied.database, applied.schema, applied.identifier) -%}
    select {{ column }} as touched_date
    from {{ this }}
    {%- if known %}
    where sku_code in (
        select sku_code
        from (
            (
                select sku_code, valid_from, valid_to, vat_ratio from {{ versions }}
                except
                select sku_code, valid_from, valid_to, vat_ratio from {{ known }}
            )
            union all
            (
                select sku_code, valid_from, valid_to, vat_ratio from {{ known }}
                except
                select sku_code, valid_from, valid_to, vat_ratio from {{ versions }}
            )
        ) as differences
    )
    {%- endif %}
{%- endmacro %}

{% macro keep_vat_applied() -%}
    create schema if not exists intermediate;
    create or replace table {{ vat_applied_relation() }} as
    select sku_code, valid_from, valid_to, vat_ratio from {{ ref('stg_sku') }}
{%- endmacro %}
