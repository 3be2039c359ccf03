-- The universe of numeric distribution: outlets open in a week that has sell-out, as they were at
-- its end, each with the weight it carries in weighted distribution.
with

sold_week as (

    select distinct week_start_date
    from {{ ref('int_sellout_outlet_sku_week') }}

),

first_sale as (

    select
        outlet_code,
        min(week_start_date) as first_week
    from {{ ref('int_sellout_outlet_sku_week') }}
    group by outlet_code

),

organisation as (

    select * from {{ ref('int_outlet_organisation') }}

),

outlet as (

    select
        outlet.outlet_code,
        outlet.category_sales_amount,
        outlet.valid_from,
        outlet.valid_to,
        -- an outlet known from sales alone opens with its first sale
        case
            when outlet.source = 'derived' then first_sale.first_week
            else coalesce(outlet.open_date, {{ always() }})
        end as open_date,
        coalesce(outlet.close_date, {{ open_end() }}) as close_date
    from {{ ref('dim_outlet') }} as outlet
    -- left join: most outlets of the master may never have bought
    left join first_sale on outlet.outlet_code = first_sale.outlet_code
    where not outlet.is_unknown and coalesce(outlet.outlet_status, 'active') != 'closed'

),

universe as (

    select
        sold_week.week_start_date,
        outlet.outlet_code,
        organisation.province,
        organisation.city,
        organisation.channel,
        organisation.banner,
        organisation.outlet_class,
        organisation.distributor_code,
        organisation.supervisor_code,
        organisation.rep_code,
        outlet.category_sales_amount
    from sold_week
    inner join outlet
        on
            sold_week.week_start_date + 6 >= outlet.valid_from
            and sold_week.week_start_date + 6 < outlet.valid_to
            and sold_week.week_start_date + 6 >= outlet.open_date
            and sold_week.week_start_date <= outlet.close_date
    inner join organisation
        on
            outlet.outlet_code = organisation.outlet_code
            and sold_week.week_start_date + 6 >= organisation.valid_from
            and sold_week.week_start_date + 6 < organisation.valid_to

),

class_median as (

    select
        week_start_date,
        channel,
        outlet_class,
        median(category_sales_amount) as median_amount
    from universe
    group by week_start_date, channel, outlet_class

),

channel_median as (

    select
        week_start_date,
        channel,
        median(category_sales_amount) as median_amount
    from universe
    group by week_start_date, channel

),

overall_median as (

    select
        week_start_date,
        median(category_sales_amount) as median_amount
    from universe
    group by week_start_date

)

select
    universe.week_start_date,
    universe.outlet_code,
    universe.province,
    universe.city,
    universe.channel,
    universe.banner,
    universe.outlet_class,
    universe.distributor_code,
    universe.supervisor_code,
    universe.rep_code,
    cast(coalesce(
        universe.category_sales_amount,
        class_median.median_amount,
        channel_median.median_amount,
        overall_median.median_amount
    ) as decimal(18, 2)) as weight_amount,
    universe.category_sales_amount is null as is_weight_imputed
from universe
inner join overall_median on universe.week_start_date = overall_median.week_start_date
inner join channel_median
    on
        universe.week_start_date = channel_median.week_start_date
        and universe.channel = channel_median.channel
inner join class_median
    on
        universe.week_start_date = class_median.week_start_date
        and universe.channel = class_median.channel
        and universe.outlet_class is not distinct from class_median.outlet_class
