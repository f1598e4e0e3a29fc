# Evaluates a Vagrantfile with a fake Vagrant that records every call, and prints the calls as JSON.
require "json"

CALLS = []

class Recorder < BasicObject
  def initialize(path)
    @path = path
  end

  def method_missing(name, *args, &block)
    steps = [*@path, name.to_s]
    ::CALLS << { path: steps, args: args.map { |arg| ::Recorder.plain(arg) } }
    case name
    when :define then block && block.call(::Recorder.new([args.first]))
    when :provider then block && block.call(::Recorder.new([*@path, "provider #{args.first}"]))
    when :before, :after then block.call(::Recorder.new([*@path, "trigger"]))
    when :vm, :vagrant, :vmx, :ssh, :trigger then ::Recorder.new(steps)
    end
  end

  def respond_to_missing?(*)
    true
  end

  def self.plain(value)
    case value
    when ::Hash
      value.map do |key, inner|
        [key, key == :env ? inner.transform_values(&:to_s) : inner]
      end.to_h
    else value
    end
  end
end

module Vagrant
  def self.require_version(*) end

  def self.configure(version)
    raise "unexpected version #{version}" unless version == "2"
    yield Recorder.new([])
  end
end

load ARGV.fetch(0)
puts JSON.generate(CALLS)
