# Completes a command line of hg's.
function __vermilion_hg
    set -l program vermilion
    type -q vermilion; or set program PROGRAM
    set -l words (commandline -opc)
    set -e words[1]
    if string match -q -- '*vermilion' (commandline -opc)[1]
        set -e words[1]
    end
    set -l current (commandline -ct)
    set -l plain (string unescape -- "$current")
    set -q plain[1]; or set plain "$current"
    set -l found ($program complete -- $words "$plain" 2>/dev/null)
    switch $status
        case 0 10
            string join \n -- $found
        case 12
            set -l option (string match -r -- '^--[^=]*=' "$current")
            string replace -r -- '^' "$option" (__fish_complete_directories (string replace -- "$option" '' "$current") '')
        case '*'
            set -l option (string match -r -- '^--[^=]*=' "$current")
            string replace -r -- '^' "$option" (__fish_complete_path (string replace -- "$option" '' "$current") '')
    end
end

complete -c hg -f -a '(__vermilion_hg)'
complete -c vermilion -n '__fish_vermilion_using_subcommand hg' -f -a '(__vermilion_hg)'
