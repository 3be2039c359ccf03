with source as (

    select * from {{ source('landing', 'receivable') }}

),

items as (

    select
        ---------- whose and when
        as_of_date,
        distributor_code,
        document_no,
        document_date,
        due_date,
        paid_date,

        ---------- money; a receipt without an amount settled the document
        document_amount,
        paid_amount,
        cast(case
            when open_amount is not null then open_amount
            when paid_amount is not null then document_amount - paid_amount
            when paid_date <= as_of_date then 0
            else document_amount
        end as decimal(18, 2)) as open_amount,
        is_disputed,

        ---------- where it was said
        _sender,
        _delivery_id,
        _sheet,
        _row_no
    from source

)

select * from items
