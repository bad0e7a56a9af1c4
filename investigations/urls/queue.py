"""Addresses of the queue."""

from django.urls import path

from investigations.views import palette, queue, queue_items, rules

patterns = [
    path("palette/", palette.palette, name="palette"),
    path("palette/lake/", palette.lake_lookup, name="lake_lookup"),
    path("queue/bar/<str:code>/", queue_items.bar, name="queue_bar"),
    path("queue/next/", queue.next_item, name="next_item"),
    path("queue/views/", queue.default_view, name="default_view"),
    path("queue/views/save/", queue.save_view, name="save_view"),
    path("queue/views/<int:pk>/delete/", queue.delete_view, name="delete_view"),
    path("queue/due/", queue.own_work, name="own_work"),
    path("queue/targets/", rules.review_targets, name="review_targets"),
    path("queue/targets/set/", rules.set_target, name="set_target"),
    path("queue/snoozes/", queue_items.snooze_list, name="snoozes"),
    path("queue/snoozes/<int:pk>/lift/", queue_items.lift, name="lift_snooze"),
    path("queue/<int:pk>/", queue_items.item, name="item"),
    path("queue/<int:pk>/claim/", queue_items.claim, name="claim_item"),
    path("queue/<int:pk>/release/", queue_items.release, name="release_item"),
    path("queue/<int:pk>/pass/", queue_items.pass_on, name="pass_item"),
    path("queue/<int:pk>/due/", queue_items.set_due, name="set_item_due"),
    path("queue/<int:pk>/skip/", queue_items.skip, name="skip_item"),
    path("queue/<int:pk>/unskip/", queue_items.unskip, name="unskip_item"),
    path("queue/<int:pk>/snooze/", queue_items.snooze, name="snooze_item"),
    path("queue/<int:pk>/verdict/", queue_items.verdict, name="verdict_item"),
    path("queue/<int:pk>/open-case/", queue_items.open_case, name="open_item_case"),
]
