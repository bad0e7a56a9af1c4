from django.urls import path

from detection.views import campaign_history, labels, links, listings, runs, samples, templates

app_name = "detection"
urlpatterns = [
    path("detection/", runs.runs, name="runs"),
    path("detection/start/", runs.start_run, name="start_run"),
    path("detection/<int:run_id>/", runs.run, name="run"),
    path("detection/labels/", labels.label_page, name="labels"),
    path("detection/labels/read/", labels.read_delivery, name="read_delivery"),
    path("detection/labels/give/", labels.give_label, name="give_label"),
    path("detection/labels/<int:number>/withdraw/", labels.withdraw_label, name="withdraw_label"),
    path("detection/labels/deliveries/<int:number>/", labels.delivery_page, name="delivery"),
    path("detection/labels/deliveries/<int:number>/take-over/", labels.take_over, name="take_over"),
    path("detection/labels/deliveries/<int:number>/drop/", labels.drop_delivery, name="drop_delivery"),
    path("detection/samples/", samples.sample_list, name="samples"),
    path("detection/samples/draw/", samples.draw, name="draw_sample"),
    path("detection/samples/<int:number>/", samples.sample_page, name="sample"),
    path("detection/samples/drawn/<int:number>/answer/", samples.answer, name="answer_drawn"),
    path("detection/links/", links.link_list, name="links"),
    path("detection/links/judge/", links.judge, name="judge_link"),
    path("detection/links/<int:number>/", links.pair_page, name="link"),
    path("detection/links/<int:number>/judge/", links.judge_anew, name="judge_anew"),
    path("detection/links/campaigns/<str:code>/", links.campaign_links, name="campaign_links"),
    path("detection/campaigns/<str:code>/history/", campaign_history.history, name="campaign_history"),
    path("detection/public/", listings.public_list, name="public"),
    path("detection/public/list/", listings.list_wording, name="list_wording"),
    path("detection/public/<int:number>/unlist/", listings.unlist, name="unlist"),
    path("detection/corpora/", listings.corpus_list, name="corpora"),
    path("detection/corpora/import/", listings.import_corpus, name="import_corpus"),
    path("detection/corpora/<int:number>/retire/", listings.retire_corpus, name="retire_corpus"),
    path("templates/<int:template_id>/list/", listings.list_template, name="list_template"),
    path("templates/", templates.template_list, name="templates"),
    path("templates/<int:template_id>/", templates.template_page, name="template"),
]
