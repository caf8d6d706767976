require ["enotify", "variables"];
if header :matches "Subject" "*" { set "subject" "${1}"; }
notify :importance "1" :message "New: ${subject}" "mailto:alice@pager.example?cc=bob@pager.example";
