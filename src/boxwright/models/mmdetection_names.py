"""The names that MMDetection gives to the tensors of RetinaNet and SSD300, and ours."""

from boxwright.models.torchvision_names import RESNET_RULES, Rules

MM_RETINANET_RULES: Rules = (
    *((rf"backbone\.{theirs}", f"backbone.{ours}") for theirs, ours in RESNET_RULES),
    (r"neck\.lateral_convs\.(\d)\.conv\.", r"neck.lateral.\1."),
    (r"neck\.fpn_convs\.([012])\.conv\.", r"neck.output.\1."),
    (r"neck\.fpn_convs\.3\.conv\.", "neck.extra.0."),
    (r"neck\.fpn_convs\.4\.conv\.", "neck.extra.1."),
    (r"bbox_head\.cls_convs\.(\d)\.conv\.", r"head.class_tower.\1.0."),
    (r"bbox_head\.reg_convs\.(\d)\.conv\.", r"head.box_tower.\1.0."),
    (r"bbox_head\.retina_cls\.", "head.class_predictor."),
    (r"bbox_head\.retina_reg\.", "head.box_predictor."),
)

# In version 2.14 the extra levels moved from the backbone to a neck; files of before are of the first kind.
MM_SSD_RULES: Rules = (
    (r"backbone\.features\.31\.", "neck.fully.0."),
    (r"backbone\.features\.33\.", "neck.fully.2."),
    (r"backbone\.features\.", "backbone.layers."),
    (r"(?:backbone|neck)\.l2_norm\.weight$", "neck.scale"),
    *(
        (rf"backbone\.extra\.{2 * level + part}\.", f"neck.extra.{level}.{2 * part}.")
        for level in range(4)
        for part in (0, 1)
    ),
    *((rf"neck\.extra_layers\.(\d)\.{part}\.conv\.", rf"neck.extra.\1.{2 * part}.") for part in (0, 1)),
    (r"bbox_head\.cls_convs\.(\d)\.(?:0\.)?", r"head.class_predictors.\1."),
    (r"bbox_head\.reg_convs\.(\d)\.(?:0\.)?", r"head.box_predictors.\1."),
)
