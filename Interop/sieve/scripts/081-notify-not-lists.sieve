require ["enotify", "fileinto"];
if not exists "List-Id" { notify "mailto:phone@sms.example"; }
else { fileinto "Lists"; }
