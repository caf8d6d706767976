require ["enotify", "fileinto"];
if header :contains "Subject" ["urgent", "important"] {
    notify :from "me@martlet.test" :importance "3" :message "Look" "mailto:a@pager.example?subject=Mail&body=Hi%20you";
}
elsif notify_method_capability "mailto:" "online" "maybe" { fileinto "Maybe"; }
if valid_notify_method ["mailto:x@y.example"] { fileinto "Valid"; }
