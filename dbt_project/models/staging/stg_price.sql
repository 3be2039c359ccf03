with source as (

    select * from {{ source('landing', 'price') }}

),

stated as (

    select
        ---------- whose price
        price_group,
        sku_code,

        ---------- prices of a piece
        net_selling_price_per_piece,
        rsp_min_per_piece,
        rsp_max_per_piece,
        promo_rsp_min_per_piece,
        promo_rsp_max_per_piece,

        ---------- since and until when
        coalesce(valid_from, {{ always() }}) as valid_from,
        {{ span_end(['price_group', 'sku_code']) }} as valid_to,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

),

-- left out: a row that another of the same first day takes the place of
standing as (

    select *
    from stated
    where valid_from < valid_to

)

select * from standing
