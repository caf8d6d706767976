require ["reject", "variables"];
if header :matches "Subject" "*money*" { reject "We do not want ${0}"; stop; }
